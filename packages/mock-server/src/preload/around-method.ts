/** Calls what a method was before. */
export type Original = (self: object, args: readonly unknown[]) => unknown;

/** Lets every call of a method of Node's go through `around`, which decides about the original. */
export function aroundMethod<Self extends object>(
  prototype: Self,
  name: string & keyof Self,
  around: (self: Self, args: readonly unknown[], original: Original) => unknown,
): void {
  const method: unknown = prototype[name];
  if (typeof method !== "function") throw new TypeError(`${name} is not a method`);
  const original: Original = (self, args) => Reflect.apply(method, self, args);
  Object.defineProperty(prototype, name, {
    value: function (this: Self, ...args: unknown[]): unknown {
      return around(this, args, original);
    },
    configurable: true,
    writable: true,
  });
}
