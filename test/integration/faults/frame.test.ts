import { describeFaults } from "./matrix.ts";
import { frameCases } from "./frame.cases.ts";

describeFaults("frame", frameCases);
