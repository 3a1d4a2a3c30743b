import { readFileSync, readdirSync } from "node:fs";

export interface ReadmeExample {
  /** Folder of the package, or `motte` for the front page. */
  readonly name: string;
  readonly code: string;
  /** What the program prints, as the README shows it right below. */
  readonly output: string | undefined;
}

const root = new URL("../../", import.meta.url);

/** The first TypeScript block of every package's README, with the output shown right below it. */
export function packageExamples(): ReadmeExample[] {
  return readdirSync(new URL("packages/", root)).flatMap((name) => {
    const example = firstExample(readFileSync(new URL(`packages/${name}/README.md`, root), "utf8"));
    return example === undefined ? [] : [{ name, ...example }];
  });
}

/** The first TypeScript block of a page. */
export function firstExample(page: string): Omit<ReadmeExample, "name"> | undefined {
  const found = /```ts\n(?<code>[\s\S]*?)```\n(?:\n```text\n(?<output>[\s\S]*?)```\n)?/.exec(page);
  const code = found?.groups?.["code"];
  return code === undefined ? undefined : { code, output: found?.groups?.["output"] };
}
