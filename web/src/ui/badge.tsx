/** How a state is to be taken. */
export type Tone = "good" | "busy" | "bad" | "idle";

interface BadgeProps {
  readonly tone: Tone;
  readonly text: string;
}

/** A state in one word. The word says it; the colour only helps. */
export function Badge({ tone, text }: BadgeProps) {
  return <span className={`badge ${tone}`}>{text}</span>;
}
