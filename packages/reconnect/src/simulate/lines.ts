import type { TimelineEntry } from "./timeline.ts";

/** A timeline for people: one line for each entry, the time first. */
export function timelineLines(timeline: readonly TimelineEntry[]): string[] {
  const width = clockTime(timeline.at(-1)?.atMs ?? 0).length;
  return timeline.map((entry) => `${clockTime(entry.atMs).padStart(width)}  ${words(entry)}`);
}

function words(entry: TimelineEntry): string {
  switch (entry.type) {
    case "connect":
      return `connects (generation ${entry.generation})${entry.reloadCredentials ? " with credentials read anew" : ""}`;
    case "qr":
      return "shows a QR code";
    case "paired":
      return "is paired";
    case "open":
      return "is open";
    case "stable":
      return "is stable: failures are forgotten";
    case "close": {
      const { cause, code } = entry.disconnect;
      const number = code === undefined ? "" : ` (${code})`;
      const uptime = entry.uptimeMs === 0 ? "" : ` after ${clockTime(entry.uptimeMs)} open`;
      return `is closed${uptime}: ${cause}${number}`;
    }
    case "wait": {
      const budget = entry.budgeted ? ", longer for the connect budget" : "";
      return `waits ${clockTime(entry.delayMs)} (${entry.reason}, attempt ${entry.attempt}${budget})`;
    }
    case "hold":
      return `holds until ${clockTime(entry.untilMs)} (needs ${entry.needs})`;
    case "give-up":
      return `gives up (needs ${entry.needs}, credentials: ${entry.credentials}). ${entry.sentence}`;
    case "rule-failed":
      return `the rule failed, the default decides: ${entry.message}`;
    case "online":
      return "has a network again";
    case "offline":
      return "has no network";
    case "check-ownership":
      return "asks whose turn it is";
    case "ownership":
      return `hears whose turn it is: ${entry.verdict}`;
    case "refresh-version":
      return "looks for another client version";
    case "version":
      return entry.changed ? "hears of another client version" : "hears of no other client version";
    case "flapping":
      return `is flapping: ${entry.opens} short connections within ${clockTime(entry.windowMs)}`;
    case "resume":
      return "is resumed by an operator";
    case "crash":
      return "the process dies and starts again";
    case "stopped":
      return "stops for good";
  }
}

/** `1:02:03.456`: hours, minutes, seconds. */
function clockTime(ms: number): string {
  const whole = Math.round(ms);
  const hours = Math.floor(whole / 3_600_000);
  const rest = String(whole % 1_000).padStart(3, "0");
  return `${hours}:${two((whole / 60_000) % 60)}:${two((whole / 1_000) % 60)}.${rest}`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
