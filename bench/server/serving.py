"""A `lama serve` on a free port, for the programs that load, kill or measure a server."""
import http.client
import os
import re
import subprocess
import tempfile
import time


def ask(port, method, path, body=None, headers=None):
    """The answer's status and content, of a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Server:
    """Ready for requests. `arguments` follow `lama serve --port 0`; `options` are those of subprocess.Popen."""

    def __init__(self, lama, *arguments, **options):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([lama, "serve", "--port", "0", *arguments], stderr=self.log, **options)
        self.port = None
        while self.port is None:
            ended = self.process.poll() is not None
            self.log.seek(0)
            text = self.log.read()
            address = re.search(r"http://127\.0\.0\.1:(\d+)/", text)
            if address:
                self.port = int(address[1])
            elif ended:
                raise SystemExit(f"the server did not start: {text}")
            else:
                time.sleep(0.02)

    def ask(self, *request):
        return ask(self.port, *request)

    def workers(self):
        """The process ids of its workers, which any of its threads may have started."""
        children = set()
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/children") as file:
                    children |= {int(child) for child in file.read().split()}
            except FileNotFoundError:
                pass  # that thread has ended
        return children

    def cpu_seconds(self):
        """Processor time of the server, its workers and its ended workers: unlike the time that passes, that of a
        busy machine is nearly that of an idle one."""
        ticks = 0
        for process in {self.process.pid} | self.workers():
            try:
                with open(f"/proc/{process}/stat") as file:
                    ticks += sum(map(int, file.read().rpartition(")")[2].split()[11:15]))
            except (FileNotFoundError, ProcessLookupError):
                pass  # that worker has ended, and counts as the server's
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """The exit code after SIGTERM."""
        self.process.terminate()
        return self.process.wait(30)
