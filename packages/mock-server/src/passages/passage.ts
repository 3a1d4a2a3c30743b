/**
 * Steps into a passage: may pass the subject on as it is or changed, once, several times, later, or never. What
 * passing on gives is what the next step, or in the end the server, made of it.
 */
export type Step<Subject, Result> = (
  subject: Subject,
  pass: (subject: Subject) => Result,
) => Result;

/** A way that everything of one kind takes, where faults and scripts can step in. Costs one comparison when none does. */
export class Passage<Subject, Result = void> {
  #steps: readonly Step<Subject, Result>[] = [];

  /** Nothing steps in. */
  get free(): boolean {
    return this.#steps.length === 0;
  }

  /** Steps run in the order they came. Dispose to step out again; what is on its way finishes as it began. */
  add(step: Step<Subject, Result>): Disposable {
    // The same function may step in twice, and each steps out for itself.
    const own: Step<Subject, Result> = (subject, pass) => step(subject, pass);
    this.#steps = [...this.#steps, own];
    return {
      [Symbol.dispose]: () => {
        this.#steps = this.#steps.filter((each) => each !== own);
      },
    };
  }

  enter(subject: Subject, end: (subject: Subject) => Result): Result {
    const steps = this.#steps;
    if (steps.length === 0) return end(subject);
    const from = (index: number, passed: Subject): Result => {
      const step = steps[index];
      return step === undefined ? end(passed) : step(passed, (next) => from(index + 1, next));
    };
    return from(0, subject);
  }
}
