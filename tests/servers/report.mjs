// One line for each check, and a last one that counts them.

export class Report {
  #passed = 0;
  #failed = 0;

  // Runs a check; it fails by throwing. What it answers is a remark for its line. Answers whether it passed.
  async check(name, body, context = () => '') {
    try {
      const remark = await body();
      console.log(`ok - ${name}${remark ? `  # ${remark}` : ''}`);
      this.#passed += 1;
      return true;
    } catch (error) {
      console.log(`not ok - ${name}`);
      for (const line of `${error.message}\n${context()}`.trim().split('\n')) console.log(`#   ${line}`);
      this.#failed += 1;
      return false;
    }
  }

  finish() {
    console.log(`# ${this.#passed} passed, ${this.#failed} failed`);
    process.exitCode = this.#failed ? 1 : 0;
  }
}
