import { type CauseExplanation, type DisconnectCause, causes, explain } from "@motte/reconnect";
import { format } from "prettier";
import { expect, test } from "vitest";

// docs/guides/disconnect-reasons.md is made from what the package says. After a change there:
// pnpm exec vitest run --project integration test/docs/disconnect-reasons.test.ts -u
const page = "../../docs/guides/disconnect-reasons.md";

const CREDENTIALS = {
  keep: "keep: they are good",
  hold: "hold: stop using them, do not delete them",
  revoked: "revoked: keep a copy, pair again",
  reset: "reset: never paired, new ones may take their place",
} as const;

const explained = (Object.keys(causes) as DisconnectCause[]).flatMap(
  (cause) => explain(cause).causes,
);
const codes = [...new Set([...explained.flatMap((each) => each.codes), 463, 479])].toSorted(
  (a, b) => a - b,
);

function linkTo({ cause }: CauseExplanation): string {
  return `[${cause}](#${cause})`;
}

function rowOfCode(code: number): string {
  const { causes: possible, note } = explain(code);
  const [usual, ...others] = possible;
  return `| ${code} | ${usual === undefined ? "" : linkTo(usual)} | ${others.map(linkTo).join(", ")} | ${note ?? ""} |`;
}

function sectionOf(each: CauseExplanation): string {
  const numbers = each.codes.length === 0 ? "Without a number." : `With ${each.codes.join(", ")}.`;
  return `### ${each.cause}

${numbers} ${each.meaning}

- Policy: ${each.action}
- Credentials: ${CREDENTIALS[each.credentials]}.
- What to do: ${each.advice}
`;
}

function rendered(): string {
  return `# Disconnect reasons

Baileys ends a connection with an error and a number, \`lastDisconnect.error.output.statusCode\`. The number alone does not say
what happened: 401 is a device that the phone has removed, and it is a pairing that was never finished, for which the
credentials are good to be thrown away. \`@motte/reconnect\` reads origin, number and detail together and comes to one of ${explained.length} causes, each with a rule of its own.

On the command line, \`motte explain\` takes a number, a cause or the message of an error:

\`\`\`sh
npx motte explain 440
npx motte explain "Stream Errored (conflict)"
\`\`\`

In a program, \`classify\` names the cause and \`explain\` says what it means:

\`\`\`ts
import { classify, explain } from "@motte/reconnect";

const error = Object.assign(new Error("Stream Errored (conflict)"), {
  output: { statusCode: 440 },
  data: { tag: "conflict", attrs: { type: "replaced" } },
});
const { cause, credentials } = classify(error);
console.log(cause, credentials);
console.log(explain(cause).causes[0]?.advice);
\`\`\`

\`\`\`text
${explain("replaced").causes[0]?.cause} ${explain("replaced").causes[0]?.credentials}
${explain("replaced").causes[0]?.advice}
\`\`\`

Nothing in Motte deletes credentials, whatever the cause.

## By number

| number | usually | also | no disconnect at all |
| --- | --- | --- | --- |
${codes.map(rowOfCode).join("\n")}

## By cause

${explained.map(sectionOf).join("\n")}`;
}

test("the page of disconnect reasons says what the package says", async () => {
  await expect(
    await format(rendered(), { parser: "markdown", printWidth: 100 }),
  ).toMatchFileSnapshot(page);
});

test("every cause is explained once, and every number leads to one", () => {
  expect(new Set(explained.map(({ cause }) => cause))).toEqual(new Set(Object.keys(causes)));
  for (const code of codes) {
    const { causes: possible, note } = explain(code);
    expect([code, possible.length > 0 || note !== undefined]).toEqual([code, true]);
  }
});
