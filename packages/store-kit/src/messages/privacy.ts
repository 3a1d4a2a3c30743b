import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";

export interface PrivacyOptions {
  /** Keep disappearing messages until they disappear, or not at all. @defaultValue `"expire"` */
  readonly ephemeral?: "expire" | "skip";
  /** Keep what is to be seen once, so that a retry can be answered, or not at all. @defaultValue `"skip"` */
  readonly viewOnce?: "skip" | "keep";
}

export function privacyFrom(options: PrivacyOptions = {}): Required<PrivacyOptions> {
  assertKnownOptions("privacy", options, ["ephemeral", "viewOnce"]);
  const { ephemeral = "expire", viewOnce = "skip" } = options;
  if (!["expire", "skip"].includes(ephemeral) || !["skip", "keep"].includes(viewOnce)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      'privacy takes ephemeral: "expire" or "skip", and viewOnce: "skip" or "keep"',
    );
  }
  return { ephemeral, viewOnce };
}
