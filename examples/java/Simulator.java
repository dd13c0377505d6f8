import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts {@code pos-guard simulate …} and talks to it: JSON lines over a Unix socket
 * (docs/simulator.md). Java has no JSON reader of its own, so a few patterns read what is needed;
 * with a library at hand use that.
 */
final class Simulator implements AutoCloseable {
    private final Process process;
    private final Path socket;
    final String tcp;

    Simulator(String... words) throws IOException {
        socket = Files.createTempDirectory("simulate").resolve("control.sock");
        List<String> command = new ArrayList<>(List.of("pos-guard", "simulate"));
        command.addAll(List.of(words));
        command.addAll(List.of("--control", socket.toString()));
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String ready = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
        if (ready == null) {
            throw new IOException("the simulator ended before it was ready");
        }
        tcp = text(ready, "tcp");
    }

    /** One question or order, such as {@code {"op": "paper"}}; the answer as JSON text. */
    String ask(String request) throws IOException {
        try (SocketChannel line = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            line.connect(UnixDomainSocketAddress.of(socket));
            Channels.newOutputStream(line).write((request + "\n").getBytes());
            String answer =
                    new BufferedReader(new InputStreamReader(Channels.newInputStream(line))).readLine();
            if (answer == null || !answer.contains("\"ok\": true")) {
                throw new IOException("the simulator refused: " + answer);
            }
            return answer;
        }
    }

    /** The receipts that were cut off, oldest first. */
    List<String> slips() throws IOException {
        String paper = ask("{\"op\": \"paper\"}");
        String begin = "\"slips\": [";
        String list = paper.substring(paper.indexOf(begin) + begin.length(), paper.indexOf("\"loose\""));
        List<String> slips = new ArrayList<>();
        Matcher texts = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(list);
        while (texts.find()) {
            slips.add(texts.group(1).replace("\\n", "\n"));
        }
        return slips;
    }

    /** A number of the printer's state, such as {@code drawer}. */
    int state(String name) throws IOException {
        Matcher number = Pattern.compile("\"" + name + "\": (\\d+)").matcher(ask("{\"op\": \"state\"}"));
        return number.find() ? Integer.parseInt(number.group(1)) : -1;
    }

    @Override
    public void close() {
        process.destroy(); // SIGTERM
        process.onExit().join();
    }

    private static String text(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\": \"([^\"]*)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalArgumentException(name + " is not in " + json);
        }
        return found.group(1);
    }
}
