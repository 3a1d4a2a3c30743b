import * as law from "../laws/classifying.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.classifyIsTotal,
    file: "classify/evidence.ts",
    from: `  try {
    return Reflect.get(from, key);
  } catch {
    return undefined;
  }`,
    to: "  return Reflect.get(from, key);",
  },
  {
    law: law.everyShapeIsRead,
    file: "classify/evidence.ts",
    from: 'return wrapped ? property(input, "error") : input;',
    to: "return input;",
  },
  {
    law: law.recordingsKeepTheirMeaning,
    file: "classify/stream-error.ts",
    from: '516: "device-removed",',
    to: "",
  },
  {
    law: law.networksRevokeNothing,
    file: "classify/bare-code.ts",
    from: '401: "unverified-401"',
    to: '401: "logged-out"',
  },
];
