import { type ReactNode, useId } from "react";

/** What ties a control to its label and hint. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly optional?: boolean;
  /** Makes the control. */
  readonly children: (control: ControlProps) => ReactNode;
}

/** A control of a form with its label. */
export function Field({ label, hint, optional = false, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {optional && <span className="quiet"> (optional)</span>}
      </label>
      {children({ id, "aria-describedby": hintId })}
      {hint && (
        <span id={hintId} className="hint">
          {hint}
        </span>
      )}
    </div>
  );
}
