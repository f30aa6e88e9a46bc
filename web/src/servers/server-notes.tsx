import type { Problem } from "../api/problem.ts";
import type { ServerFault } from "../gen/oaktree/v1/compute_pb.js";
import { ProblemNotice } from "../ui/problem-notice.tsx";

interface ServerNotesProps {
  /** How many columns the table has. */
  readonly columns: number;
  /** Why the server failed, in Nova's words. */
  readonly fault: ServerFault | undefined;
  /** Why the last deletion was refused. */
  readonly refusal: Problem | undefined;
  /** Why the page lost sight of the server. */
  readonly lost: Problem | undefined;
  readonly onFollow: () => void;
}

/** What is wrong with a server, in a row of its own below it. */
export function ServerNotes({ columns, fault, refusal, lost, onFollow }: ServerNotesProps) {
  if (fault === undefined && refusal === undefined && lost === undefined) {
    return null;
  }
  return (
    <tr className="note">
      <td colSpan={columns}>
        {fault && (
          <p className="notice bad">
            <strong className="reason">Fault {fault.code}</strong> {fault.message}
          </p>
        )}
        {refusal && <ProblemNotice problem={refusal} />}
        {lost && <ProblemNotice problem={lost} onRetry={onFollow} />}
      </td>
    </tr>
  );
}
