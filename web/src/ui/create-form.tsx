import type { ReactNode, SubmitEvent } from "react";
import { problemOf } from "../api/problem.ts";
import { ProblemNotice } from "./problem-notice.tsx";

interface CreateFormProps {
  /** Words on the button that sends it. */
  readonly submit: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onSubmit: (form: FormData) => void;
  readonly onCancel: () => void;
  /** The fields. */
  readonly children: ReactNode;
}

/** A form in a dialog that makes something. */
export function CreateForm({ submit, isBusy, error, onSubmit, onCancel, children }: CreateFormProps) {
  const send = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  };
  return (
    <form onSubmit={send}>
      {children}
      {error !== null && error !== undefined && <ProblemNotice problem={problemOf(error)} />}
      <div className="actions">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? "Sending…" : submit}
        </button>
      </div>
    </form>
  );
}
