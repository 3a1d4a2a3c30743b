import { describeFaults } from "./matrix.ts";
import { clockCases } from "./clock.cases.ts";

describeFaults("clock", clockCases);
