<?php
// Publish one event from PHP. Needs nothing but PHP itself (allow_url_fopen, which is on by default).
//
//   require 'publish.php';
//   runnel_publish('notifications', ['title' => 'Import finished', 'level' => 'success']);
//
// RUNNEL_URL is where runnel is mounted; RUNNEL_TOKEN is what `runnel grant --publish CHANNEL` printed, and is not needed
// where runnel.conf says `publish = open`.

/** Returns the event's id; throws a RuntimeException with runnel's own sentence when it is refused. */
function runnel_publish(string $channel, array $values): string
{
    $base   = getenv('RUNNEL_URL') ?: 'http://127.0.0.1/sse';
    $token  = getenv('RUNNEL_TOKEN');
    $header = ['Content-Type: application/x-www-form-urlencoded'];
    if ($token) {
        $header[] = "Authorization: Bearer $token";
    }
    $answer = file_get_contents("$base/$channel", false, stream_context_create(['http' => [
        'method'        => 'POST',
        'header'        => $header,
        'content'       => http_build_query($values),
        'timeout'       => 10,
        'ignore_errors' => true,   // read the sentence of a refusal too
    ]]));
    $status = $http_response_header[0] ?? 'no answer';
    if ($answer === false || !preg_match('{^HTTP/\S+ 200\b}', $status)) {
        throw new RuntimeException("runnel: $status: " . trim((string) $answer));
    }
    return trim($answer);
}

// As a command: php publish.php notifications title=Hello level=info
if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    if ($argc < 3) {
        fwrite(STDERR, "usage: php publish.php CHANNEL key=value ...\n");
        exit(64);
    }
    $values = [];
    foreach (array_slice($argv, 2) as $pair) {
        [$key, $value] = explode('=', $pair, 2) + [1 => ''];
        $values[$key] = $value;
    }
    try {
        echo runnel_publish($argv[1], $values), "\n";
    } catch (RuntimeException $refusal) {
        fwrite(STDERR, $refusal->getMessage() . "\n");
        exit(1);
    }
}
