import { appStateCases } from "./app-state.cases.ts";
import { describeFaults } from "./matrix.ts";

describeFaults("app-state", appStateCases);
