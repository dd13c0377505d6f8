<?php
// Starts `pos-guard simulate …` and talks to it: JSON lines over a Unix socket (docs/simulator.md).

final class Simulator
{
    public readonly array $addresses;
    private string $socket;
    private $process;
    private array $pipes = [];

    public function __construct(string ...$words)
    {
        $this->socket = sys_get_temp_dir() . '/simulate-' . bin2hex(random_bytes(6)) . '.sock';
        $command = ['pos-guard', 'simulate', ...$words, '--control', $this->socket];
        $this->process = proc_open($command, [1 => ['pipe', 'w']], $this->pipes);
        $line = $this->process ? fgets($this->pipes[1]) : false;
        if ($line === false) {
            throw new RuntimeException('the simulator ended before it was ready');
        }
        $this->addresses = json_decode($line, true, flags: JSON_THROW_ON_ERROR)['addresses'];
    }

    /** One question or order; the answer as an array. */
    public function ask(string $op, array $fields = []): array
    {
        $line = stream_socket_client("unix://{$this->socket}", $code, $message, 5)
            ?: throw new RuntimeException($message);
        fwrite($line, json_encode(['op' => $op] + $fields) . "\n");
        $answer = json_decode(fgets($line), true, flags: JSON_THROW_ON_ERROR);
        fclose($line);
        return $answer['ok'] ? $answer : throw new RuntimeException($answer['error']['message']);
    }

    public function stop(): void
    {
        proc_terminate($this->process);
        fclose($this->pipes[1]);
        proc_close($this->process);
    }
}
