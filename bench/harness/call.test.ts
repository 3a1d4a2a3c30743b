import { expect, test } from "vitest";
import type { Area } from "./area.ts";
import { benchCall } from "./call.ts";

const area = (name: string, ...benches: string[]): Area => ({
  name,
  title: name,
  about: "",
  durability: "",
  benches,
  run: async () => ({ figures: [], detail: {} }),
});
const KNOWN = [area("one", "sets", "gets"), area("two", "logins")];

test("without a name all areas run, else those that are named, in their own order", () => {
  const names = (...args: string[]): unknown => {
    const call = benchCall(args, KNOWN);
    return typeof call === "string" ? call : call.areas.map(({ name }) => name);
  };
  expect(names()).toEqual(["one", "two"]);
  expect(names("two", "one")).toEqual(["one", "two"]);
  expect(names("--", "two")).toEqual(["two"]);
  expect(benchCall(["two", "--quick", "--check", "--html", "a.html"], KNOWN)).toMatchObject({
    mode: "quick",
    check: true,
    write: false,
    html: "a.html",
    drawOnly: false,
  });
  expect(benchCall(["one", "--only", "gets"], KNOWN)).toMatchObject({ only: "gets" });
  expect(benchCall(["--draw", "b.html"], KNOWN)).toMatchObject({ drawOnly: true, html: "b.html" });
});

test.each([
  [["three"], /no area "three": one, two/],
  [["--quick", "--full"], /not both/],
  [["--only", "sets"], /name the area/],
  [["one", "--only", "logins"], /no bench "logins": sets, gets/],
  [["one", "--only", "sets", "--write"], /a whole area/],
  [["--draw", "b.html", "--quick"], /give it alone/],
  [["--fast"], /--fast/],
])("%j is refused in a line", (args, words) => {
  const refusal = benchCall(args, KNOWN);
  expect(refusal).toMatch(words);
});
