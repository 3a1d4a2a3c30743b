import { describeFaults } from "./matrix.ts";
import { cryptoCases } from "./crypto.cases.ts";

describeFaults("crypto", cryptoCases);
