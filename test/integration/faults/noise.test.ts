import { describeFaults } from "./matrix.ts";
import { noiseCases } from "./noise.cases.ts";

describeFaults("noise", noiseCases);
