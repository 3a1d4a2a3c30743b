import { describeFaults } from "./matrix.ts";
import { connectCases } from "./connect.cases.ts";

describeFaults("connect", connectCases);
