import { describeFaults } from "./matrix.ts";
import { sessionCases } from "./session.cases.ts";

describeFaults("session", sessionCases);
