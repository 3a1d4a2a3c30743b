import { describeFaults } from "./matrix.ts";
import { keysCases } from "./keys.cases.ts";

describeFaults("keys", keysCases);
