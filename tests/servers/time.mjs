import { setTimeout as sleep } from 'node:timers/promises';

// Tries until it holds or the time is over; answers whether it held.
export async function eventually(holds, withinMs) {
  const end = performance.now() + withinMs;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > end) return false;
    await sleep(10);
  }
}

export { sleep };
