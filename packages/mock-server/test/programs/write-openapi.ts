// Writes openapi.json anew, from the root of the repository:
// pnpm exec tsx --conditions=@motte/source packages/mock-server/test/programs/write-openapi.ts && pnpm format
import { writeFileSync } from "node:fs";
import { openApiDocument } from "../../src/admin/openapi.ts";
import { operations } from "../../src/admin/operations.ts";

const text = JSON.stringify(openApiDocument(operations), undefined, 2);
writeFileSync(new URL("../../openapi.json", import.meta.url), `${text}\n`);
