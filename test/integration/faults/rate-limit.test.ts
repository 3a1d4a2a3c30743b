import { describeFaults } from "./matrix.ts";
import { rateLimitCases } from "./rate-limit.cases.ts";

describeFaults("rate-limit", rateLimitCases);
