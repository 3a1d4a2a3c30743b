import { expect, test } from "vitest";
import { MockServer, faultCatalogue } from "@motte/mock-server";

const faults = faultCatalogue.flatMap((group) => group.faults);

test("every fault and every setting of it is explained", () => {
  for (const { name, summary, settings } of faults) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary).not.toBe("");
    for (const { doc, type } of settings) expect([doc, type]).not.toContain("");
  }
});

test("no setting has the name of an option that all faults share", () => {
  const shared = ["times", "skip", "probability", "phone", "connection", "fault"];
  for (const { name, settings } of faults) {
    const clashes = settings.filter((setting) => shared.includes(setting.name));
    expect({ name, clashes }).toEqual({ name, clashes: [] });
  }
});

test("no two faults have one name", () => {
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});

test("a rule of every fault can be made again from its JSON, and refuses what it does not know", async () => {
  await using server = await MockServer.start();
  await using other = await MockServer.start();
  for (const { name } of faults) server.fault(name, { probability: 0 });

  const { rules } = server.faults.spec;
  other.faults.apply(JSON.parse(JSON.stringify(rules)));

  expect(rules).toHaveLength(faults.length);
  expect(other.faults.spec.rules).toEqual(rules);
  for (const { name } of faults) {
    const unknown: object = { unheardOf: 1 };
    expect(() => server.fault(name, unknown)).toThrow('has no option "unheardOf"');
  }
});

test("a matcher and a direction are checked before a rule is in place", async () => {
  await using server = await MockServer.start();
  const bad: readonly (readonly [object, string])[] = [
    [{ match: { tga: "message" } }, 'has no option "tga"'],
    [{ match: "message" }, "match must be an object"],
    [{ direction: "up" }, "direction must be one of out, in"],
  ];
  for (const [options, message] of bad) {
    expect(() => server.fault("drop-stanza", options)).toThrow(message);
  }
  const sideways: object = { direction: "in" };
  expect(() => server.fault("bad-jid", sideways)).toThrow('has no option "direction"');
  expect(server.faults.spec.rules).toEqual([]);
});
