import {
  type DisconnectCause,
  type PolicyOptions,
  exponential,
  fibonacci,
  presets,
  simulate,
} from "@motte/reconnect";

/** The columns: a number, and the disconnect that most often has it. */
const columns: readonly (readonly [string, DisconnectCause])[] = [
  ["400", "failure-unknown"],
  ["401", "logged-out"],
  ["403", "account-locked"],
  ["405", "client-outdated"],
  ["408", "connection-lost"],
  ["411", "multidevice-mismatch"],
  ["428", "socket-closed"],
  ["440", "replaced"],
  ["500", "stream-unknown"],
  ["503", "service-unavailable"],
  ["515", "restart-required"],
  ["none", "local-end"],
];

const FAILURES = 12;
const ASKED: ReadonlySet<string> = new Set(["check-ownership", "refresh-version"]);

const own: PolicyOptions = {
  backoff: fibonacci({ jitter: "none" }),
  refused: { max: 5, backoff: exponential({ baseMs: 60_000, jitter: "none" }) },
  outdated: { backoff: exponential({ baseMs: 900_000, capMs: 21_600_000, jitter: "none" }) },
};

/** What each policy does after the first disconnect of each kind, and its delays while the network is away. */
export function presetTable(): string[] {
  const head = ["policy", ...columns.map(([number]) => number), "428 again and again"];
  const rows = Object.entries(presets).map(([name, { policy }]) => row(name, policy));
  return [line(head), line(head.map(() => "-")), row("this package", own), ...rows];
}

/** Names and what to know about them. */
export function presetList(): string[] {
  return Object.entries(presets).map(
    ([name, { of, behaviour }]) => `- \`${name}\`: ${of}. ${behaviour}`,
  );
}

/** Delays in seconds of the same failure again and again, without an open. */
export function delays(
  policy: PolicyOptions,
  because: DisconnectCause,
  failures: number,
): number[] {
  const script = Array.from({ length: failures }, () => ({ do: "close", because }) as const);
  return simulate(policy, script).timeline.flatMap((entry) =>
    entry.type === "wait" ? [entry.delayMs / 1_000] : [],
  );
}

function row(name: string, policy: PolicyOptions): string {
  const cells = columns.map(([, because]) => cell(policy, because));
  const ladder = delays(policy, "socket-closed", FAILURES);
  const shown = ladder.slice(0, 6).join(", ");
  const end = ladder.length === FAILURES ? "…" : `; gives up after ${ladder.length}`;
  return line([name, ...cells, ladder.length === 0 ? "gives up" : `${shown}${end}`]);
}

function cell(policy: PolicyOptions, because: DisconnectCause): string {
  const { timeline } = simulate(policy, [{ do: "close", because }]);
  // A question may follow: nobody answers it here.
  const last = timeline.findLast(({ type }) => !ASKED.has(type));
  if (last?.type === "wait") return `${last.delayMs / 1_000} s`;
  return last?.type === "hold" ? `${last.untilMs / 1_000} s` : "stops";
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
