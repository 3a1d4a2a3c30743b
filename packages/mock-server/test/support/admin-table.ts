import type { Operation } from "../../src/admin/operation.ts";

/** The operations as the README lists them: the request, its fields, and what it does. */
export function adminTable(operations: readonly Operation[]): string {
  const rows = operations.map(({ method, path, summary, body, query }) => {
    const fields = [
      ...Object.keys(query.fields).map((name) => `\`${name}?\``),
      ...fieldsOf(body?.["application/json"]),
    ];
    const takes = body !== undefined && "text/plain" in body ? "text" : fields.join(", ");
    return `| \`${method} ${path}\` | ${takes} | ${summary.replaceAll("|", "\\|")} |`;
  });
  return ["| request | takes | |", "| - | - | - |", ...rows].join("\n");
}

/** Those that must be there plain, the others with a question mark. */
function fieldsOf(schema: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: object;
    required?: readonly string[];
  };
  return Object.keys(properties).map((name) => `\`${name}${required.includes(name) ? "" : "?"}\``);
}
