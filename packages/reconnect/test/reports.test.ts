import { describe, expect, it } from "vitest";
import { type DisconnectCause, causes } from "@motte/reconnect";
import { disconnectOf, reports, usualReport } from "../src/reports/reports.ts";

describe("the reports", () => {
  it.each(reports.map((report) => [report.cause, report.code, report] as const))(
    "%s (%s) is what classify says it is",
    (cause, code, report) => {
      expect(disconnectOf(report)).toMatchObject({
        cause,
        ...(code === undefined ? {} : { code }),
      });
    },
  );

  it.each(Object.keys(causes) as DisconnectCause[])("%s has a usual report", (cause) => {
    expect(disconnectOf(usualReport(cause)).cause).toBe(cause);
  });
});
