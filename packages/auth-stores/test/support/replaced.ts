/** `inner` with some of its methods replaced. */
export function replaced<T extends object>(inner: T, replacements: Partial<T>): T {
  return new Proxy(inner, {
    get: (target, name) => {
      const replacement: unknown = Reflect.get(replacements, name);
      if (replacement !== undefined) return replacement;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
