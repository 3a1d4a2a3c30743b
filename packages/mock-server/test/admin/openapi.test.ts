import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { openApiDocument } from "../../src/admin/openapi.ts";
import { operations } from "../../src/admin/operations.ts";
import { shipped } from "../support/admin-api.ts";
import { adminTable } from "../support/admin-table.ts";

const documented = Object.entries(shipped.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    operation,
  })),
);

describe("the OpenAPI document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...structuredClone(shipped) });

    expect(errors ?? []).toEqual([]);
    expect([valid, validator.version]).toEqual([true, "3.1"]);
  });

  test("is shipped as the code has it; test/programs/write-openapi.ts writes it anew", () => {
    const made: unknown = JSON.parse(JSON.stringify(openApiDocument(operations)));

    expect(shipped).toEqual(made);
  });

  test("is what a server serves", async () => {
    await using server = await MockServer.start();
    const response = await fetch(`http://127.0.0.1:${server.port}/admin/openapi.json`);

    expect(await response.json()).toEqual(shipped);
  });

  test("names every operation once, and explains every parameter of a path", () => {
    const ids = documented.map(({ operation }) => operation.operationId);

    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, path, params } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([id, ...Object.keys(params.fields)]).toEqual([id, ...inPath]);
    }
  });

  test("has every operation that is served, and a server serves every one it has", async () => {
    await using server = await MockServer.start({ adminToken: "secret" });
    const asked = await Promise.all(
      documented.map(async ({ method, path, operation }) => {
        const url = `http://127.0.0.1:${server.port}${path.replaceAll(/[{}]/g, "")}`;
        const { status } = await fetch(url, { method });
        return [operation.operationId, status] as const;
      }),
    );
    const open = documented.filter(({ operation }) => operation.security !== undefined);

    expect(open.map(({ path }) => path)).toEqual(["/healthz", "/"]);
    for (const [id, status] of asked) {
      // Whatever needs the token is there and asks for it; what is not there would be 404 or 405.
      expect([id, status]).toEqual([id, ["health", "root"].includes(id) ? 200 : 401]);
    }
    expect(asked.map(([id]) => id).toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  });
});

/** Cells without the padding that prettier gives them. */
const cells = (table: string): string[][] =>
  table
    .trim()
    .split("\n")
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/^-+$/, "-")));

test("the README lists the operations the code has", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const marked = /<!-- admin-api -->\n(?<table>[\s\S]*?)<!-- \/admin-api -->/.exec(readme);
  expect(cells(marked?.groups?.["table"] ?? "")).toEqual(cells(adminTable(operations)));
});
