import { useState } from "react";

interface DeleteButtonProps {
  /** What is deleted, such as `server web-1`. */
  readonly what: string;
  readonly isBusy: boolean;
  readonly onDelete: () => void;
}

/** Deletes at the second click: what is gone does not come back. */
export function DeleteButton({ what, isBusy, onDelete }: DeleteButtonProps) {
  const [isAsking, setAsking] = useState<boolean>();
  if (isBusy) {
    return (
      <button type="button" disabled>
        Deleting…
      </button>
    );
  }
  if (!isAsking) {
    return (
      <button
        type="button"
        ref={isAsking === undefined ? null : focus}
        aria-label={`Delete ${what}`}
        onClick={() => setAsking(true)}
      >
        Delete
      </button>
    );
  }
  const answer = (isYes: boolean): void => {
    setAsking(false);
    if (isYes) {
      onDelete();
    }
  };
  return (
    <fieldset
      className="asking"
      aria-label={`Delete ${what}?`}
      onKeyDown={(event) => event.key === "Escape" && answer(false)}
    >
      <button type="button" ref={focus} onClick={() => answer(false)}>
        Keep
      </button>
      <button
        type="button"
        className="danger"
        aria-label={`Yes, delete ${what}`}
        onClick={() => answer(true)}
      >
        Delete
      </button>
    </fieldset>
  );
}

/** The button that was pressed is gone, and the keyboard's focus would be with it. */
function focus(button: HTMLButtonElement | null): void {
  button?.focus();
}
