import type { KeyProvider } from "@motte/auth-stores/encryption";
import type { Output } from "../output.ts";
import type { StoreName } from "../stores/store-name.ts";
import type { AreaResult } from "./figure.ts";

export interface AreaOptions {
  /** The user's stores; none to measure in a temporary folder. */
  readonly stores: readonly StoreName[];
  /** Where accounts are copied to; none for a temporary folder. */
  readonly targets: readonly StoreName[];
  /** The key of the stores, where they are encrypted. */
  readonly keys: KeyProvider | undefined;
  readonly rounds: number;
  /** As short as it can be, for a first look. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** Where progress is shown. */
  readonly output: Output;
}

/** One thing that can be measured on the user's machine. */
export interface BenchArea {
  /** The folder whose file system matters. */
  folder(options: AreaOptions): string;
  /** Throws a `UsageError` before anything is changed. */
  check(options: AreaOptions): Promise<void>;
  run(options: AreaOptions): Promise<Omit<AreaResult, "area" | "tookMs">>;
}

/** An area by its name, and what the help says of it, without loading it. */
export interface AreaEntry {
  readonly name: string;
  /** What is measured, in a line of the help. */
  readonly summary: string;
  /** Which options it takes that not every area does. */
  readonly takes: readonly AreaOption[];
  load(): Promise<BenchArea>;
}

/** The options of `motte bench` that only some areas take. */
export type AreaOption = "store" | "to" | "key-file" | "key-env";
