import { expect, test } from "vitest";
import { faultCatalogue } from "@motte/mock-server";
import { readRows } from "./fault-table.ts";

test.each(faultCatalogue)(
  "the README says of every fault of the group $group what real Baileys does",
  ({ group, faults }) => {
    const names = readRows(group).map(([fault]) => fault.replaceAll("`", ""));
    expect(new Set(names)).toEqual(new Set(faults.map(({ name }) => name)));
  },
);
