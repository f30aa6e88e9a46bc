import { type ReactNode, useId } from "react";
import { problemOf } from "../api/problem.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { UnreachableNotice } from "./unreachable-notice.tsx";
import type { Pages } from "./use-pages.ts";

interface ListPanelProps {
  readonly title: string;
  readonly pages: Omit<Pages<unknown>, "items">;
  /** How many rows there are. */
  readonly count: number;
  /** Heads of the columns; an empty one is for buttons. */
  readonly columns: readonly string[];
  /** What to say when there is nothing. */
  readonly empty: string;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  /** The rows. */
  readonly children: ReactNode;
}

/** A list with its title: while it loads, empty, failed, partly reachable, with more to come. */
export function ListPanel({ title, pages, count, columns, empty, actions, children }: ListPanelProps) {
  const titleId = useId();
  const { error, isLoading } = pages;
  return (
    <section className="panel card" aria-labelledby={titleId} aria-busy={isLoading}>
      <header>
        <h2 id={titleId}>
          {title}
          {!isLoading && error === null && (
            <span className="count">
              {count}
              {pages.more && "+"}
            </span>
          )}
        </h2>
        <div className="actions">{actions}</div>
      </header>
      {error && <ProblemNotice problem={problemOf(error)} onRetry={pages.reload} />}
      {pages.unreachable.length > 0 && (
        <UnreachableNotice locations={pages.unreachable} onRetry={pages.reload} />
      )}
      {isLoading && <Loading />}
      {!isLoading && !error && count === 0 && <p className="empty">{empty}</p>}
      {count > 0 && (
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column || <span className="visually-hidden">Actions</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      )}
      {pages.more && (
        <button type="button" className="more" disabled={pages.isLoadingMore} onClick={pages.more}>
          {pages.isLoadingMore ? "Loading…" : "Show more"}
        </button>
      )}
    </section>
  );
}

function Loading() {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">Loading</span>
      <i />
      <i />
      <i />
    </div>
  );
}
