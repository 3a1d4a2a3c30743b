import { COLUMNS } from "./wrap.ts";

const WIDEST = 24;
// A shorter one says less than the words that would have to go for it.
const NARROWEST = 6;

/** How far something is, in words: `"33 %"`, `"33/100 sessions"`, `"6 s left"`, `"8106 records/s"`. */
export interface HowFar {
  /** Of the whole, from 0 to 1. */
  readonly part: number;
  readonly counted: string;
  readonly speed: string | undefined;
  readonly left: string | undefined;
}

/** A bar and what is said of it, on one line of a terminal. In a narrow one the bar is shorter, then less is said. */
export function barLine(
  before: string,
  { part, counted, speed, left }: HowFar,
  columns: number = COLUMNS,
): string {
  const percent = `${Math.floor(part * 100)} %`;
  const choices = [
    [`${percent} ${counted}`, speed, left],
    [`${percent} ${counted}`, left],
    [percent, left],
    [percent],
  ].map((words) => ` ${words.filter((word) => word !== undefined).join(", ")}`);
  const room = (words: string): number => columns - before.length - words.length;
  const words = choices.find((choice) => room(choice) >= NARROWEST) ?? ` ${percent}`;
  const width = Math.max(0, Math.min(WIDEST, room(words)));
  const full = Math.round(part * width);
  return before + "█".repeat(full) + "░".repeat(width - full) + words;
}
