import { problemOf } from "../api/problem.ts";
import { Field } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import type { Choices } from "./use-launch-choices.ts";

interface ChoiceFieldProps {
  readonly label: string;
  /** Name in the form's data. */
  readonly name: string;
  readonly choices: Choices;
  /** Words for choosing nothing. Left out: one must be chosen. */
  readonly none?: string;
}

/** A choice out of what the location has. */
export function ChoiceField({ label, name, choices, none }: ChoiceFieldProps) {
  const { options, isLoading, isCut, error } = choices;
  return (
    <>
      <Field
        label={label}
        optional={none !== undefined}
        hint={isCut && `These are the first ${options.length}; there are more.`}
      >
        {(control) => (
          <select {...control} name={name} required={none === undefined} defaultValue="">
            <option value="" disabled={none === undefined}>
              {isLoading ? "Loading…" : (none ?? "Choose…")}
            </option>
            {options.map(({ value, text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        )}
      </Field>
      {error && <ProblemNotice problem={problemOf(error)} />}
    </>
  );
}
