import { type ReactNode, useEffect, useId, useRef, useState } from "react";

interface DialogButtonProps {
  /** Words on the button. */
  readonly label: string;
  readonly title: string;
  readonly primary?: boolean;
  /** What the dialog holds, as long as it is open. */
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a dialog. Escape closes it and the button has the focus again. */
export function DialogButton({ label, title, primary = false, children }: DialogButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const close = (): void => dialog.current?.close();

  useEffect(() => {
    if (isOpen) {
      dialog.current?.showModal();
    }
  }, [isOpen]);

  return (
    <>
      <button type="button" className={primary ? "primary" : ""} onClick={() => setOpen(true)}>
        {label}
      </button>
      {isOpen && (
        <dialog ref={dialog} aria-labelledby={titleId} onClose={() => setOpen(false)}>
          <h2 id={titleId}>{title}</h2>
          {children(close)}
        </dialog>
      )}
    </>
  );
}
