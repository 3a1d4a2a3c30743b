import { describeFaults } from "./matrix.ts";
import { quotaCases } from "./quota.cases.ts";

describeFaults("quota", quotaCases);
