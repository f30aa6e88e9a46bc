import type { SubmitEvent } from "react";
import type { Problem } from "../api/problem.ts";
import { Field } from "../ui/field.tsx";
import { Logo } from "../ui/logo.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import type { Credential } from "./credential.ts";

interface SignInProps {
  /** Why the last credential was not taken. */
  readonly problem: Problem | undefined;
  readonly onSignIn: (credential: Credential) => void;
}

/** Asks for a token. */
export function SignIn({ problem, onSignIn }: SignInProps) {
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSignIn({ token: String(form.get("token")).trim(), cloud: String(form.get("cloud")).trim() });
  };
  return (
    <main className="sign-in">
      <Logo />
      <form className="card" onSubmit={submit}>
        <h1>Sign in</h1>
        {problem && <ProblemNotice problem={problem} />}
        <Field label="Token" hint="The one that Oaktree printed when it started, or your Keystone token.">
          {(control) => (
            <input {...control} name="token" type="password" autoComplete="off" spellCheck={false} required />
          )}
        </Field>
        <Field
          label="Cloud"
          hint="Only for a Keystone token, where this Oaktree knows several clouds."
          optional
        >
          {(control) => <input {...control} name="cloud" autoComplete="off" spellCheck={false} />}
        </Field>
        <div className="actions">
          <button type="submit" className="primary">
            Sign in
          </button>
        </div>
      </form>
    </main>
  );
}
