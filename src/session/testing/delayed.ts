/** A store as if across a network: it answers later, and other calls may run before and after it has done its work. */
export function delayed<Store extends object>(store: Store, delay: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...rest: unknown[]) => {
        await delay();
        const result: unknown = await Reflect.apply(member, target, rest);
        await delay();
        return result;
      };
    },
  });
}
