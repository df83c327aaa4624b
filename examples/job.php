<?php
// A long job in PHP that shows how far it is. The page holds GET BASE/components/progress/import; the job runs on the
// machine of the store (RUNNEL_STORE) and needs no token. From a web request start it in the background.

function runnel(string ...$arguments): void
{
    // The status is not looked at: a job does its work whether or not anybody can watch.
    exec('runnel ' . implode(' ', array_map('escapeshellarg', $arguments)));
}

$name  = $argv[1] ?? 'import';
$steps = 5;

try {
    for ($step = 0; $step < $steps; $step++) {
        runnel('progress', $name, (string) intdiv(100 * $step, $steps), 'Reading file ' . ($step + 1) . " of $steps");
        usleep((int) (1e6 * (float) (getenv('STEP_SECONDS') ?: 1)));   // the work
    }
} catch (Throwable $failure) {
    runnel('fail', $name, 'The import stopped: ' . $failure->getMessage());
    throw $failure;
}
runnel('done', $name, "Imported $steps files");
