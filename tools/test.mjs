// npm test: install, check, and run every test. The last line counts checks and tests.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureChromium } from "./setup/chromium.mjs";
import { installWorkspace, pnpmCommand } from "./setup/install.mjs";
import { ensureRedis } from "./setup/redis.mjs";
import { run, show } from "./setup/run.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

// `pnpm verify` runs the same scripts; here each is timed and counted on its own.
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
/** @type {string[]} */
const checks = scripts.verify
  .split(" && ")
  .map((/** @type {string} */ step) => step.replace("pnpm ", ""));

let passed = 0;
let failed = 0;
/** @param {boolean} ok */
const count = (ok) => (ok ? passed++ : failed++);

if (await installWorkspace()) {
  const services = installServices();
  const build = runChecks(["typecheck"]);
  const others = runOtherChecks(build);
  await build;
  if (await services) await runTests();
  else failed++;
  await others;
} else {
  failed++;
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** What only the tests need is installed beside the first checks. */
async function installServices() {
  return (await ensureRedis()) && (await ensureChromium());
}

/**
 * Beside the tests, which wait half of their time: first what needs no build, then what looks at the built files.
 *
 * @param {Promise<void>} build
 */
async function runOtherChecks(build) {
  const built = ["entry-points", "packaging", "api-docs"];
  await runChecks(checks.filter((check) => check !== "typecheck" && !built.includes(check)));
  await build;
  await runChecks(checks.filter((check) => built.includes(check)));
}

/** @param {readonly string[]} names */
async function runChecks(names) {
  for (const check of names) {
    const isFirst = check === "typecheck";
    count(
      await run(`pnpm ${check}`, ...pnpmCommand("run", check), isFirst ? {} : { beside: true }),
    );
  }
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), "motte-test-report-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const exitCode = await show(...pnpmCommand("exec", "vitest", "run", ...reporters));
  const outcome = readReport(report);
  rmSync(folder, { recursive: true });
  passed += outcome.passed;
  failed += outcome.failed;
  // A file that cannot be loaded fails the run without failing any test in it.
  if (exitCode !== 0 && outcome.failed === 0) failed++;
}

/** @param {string} file */
function readReport(file) {
  try {
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(file, "utf8"));
    // Whatever did not pass counts as failed: a skipped test has shown nothing.
    return { passed: numPassedTests, failed: numTotalTests - numPassedTests };
  } catch (error) {
    process.stdout.write(`✗ The test run left no report: ${String(error)}\n`);
    return { passed: 0, failed: 1 };
  }
}
