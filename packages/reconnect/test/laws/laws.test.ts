import { it } from "vitest";
import * as reconnect from "@motte/reconnect";
import { laws } from "./laws.ts";

for (const { name, check } of laws) it(name, () => check(reconnect));
