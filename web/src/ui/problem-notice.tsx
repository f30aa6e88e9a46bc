import type { Problem } from "../api/problem.ts";

interface ProblemNoticeProps {
  readonly problem: Problem;
  /** Tries again, where that makes sense. */
  readonly onRetry?: (() => void) | undefined;
}

/** Says what went wrong, where, and under which id the logs have it. */
export function ProblemNotice({ problem, onRetry }: ProblemNoticeProps) {
  const { reason, message, where, requestId } = problem;
  return (
    <div className="notice bad" role="alert">
      <p>
        <strong className="reason">{reason}</strong> {message}
      </p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
      {(where !== "" || requestId !== "") && (
        <p className="trace">
          {where !== "" && <span>{where}</span>}
          {requestId !== "" && <code>{requestId}</code>}
        </p>
      )}
    </div>
  );
}
