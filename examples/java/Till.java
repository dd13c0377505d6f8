import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A small till that prints over a plain socket. It knows nothing of pos-guard. */
final class Till {
    record Item(String name, int cents) {}

    static final class NoPaperException extends IOException {
        private static final long serialVersionUID = 1;

        NoPaperException() {
            super("put a new roll in");
        }
    }

    private static final int PAPER_OUT = 0b0110_0000;
    private static final byte[] ASK_PAPER = {0x10, 0x04, 0x04}; // DLE EOT 4: answered at once
    private static final byte[] ASK_BEHIND = {0x1d, 0x72, 0x01}; // GS r 1: answered once all is printed
    private static final byte[] RESET = {0x1b, 0x40};
    private static final byte[] DRAWER = {0x1b, 0x70, 0x00, 0x19, (byte) 0xfa};
    private static final byte[] CUT = {0x1d, 0x56, 0x42, 0x00};

    private final String host;
    private final int port;

    /** The printer's address, as host:port. */
    Till(String address) {
        host = address.substring(0, address.lastIndexOf(':'));
        port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** Print the receipt of a card sale and open the drawer; gives the total in cents. */
    int sell(String order, List<Item> items) throws IOException {
        int total = items.stream().mapToInt(Item::cents).sum();
        try (Socket line = new Socket(host, port)) {
            line.setSoTimeout(5000);
            InputStream answers = line.getInputStream();
            OutputStream printer = line.getOutputStream();
            printer.write(ASK_PAPER);
            if ((answers.read() & PAPER_OUT) != 0) {
                throw new NoPaperException();
            }
            printer.write(RESET);
            printer.write(receipt(order, items, total).getBytes(StandardCharsets.US_ASCII));
            printer.write(DRAWER);
            printer.write(CUT);
            printer.write(ASK_BEHIND);
            answers.read();
        }
        return total;
    }

    private static String receipt(String order, List<Item> items, int total) {
        StringBuilder text = new StringBuilder("CORNER SHOP\nOrder: " + order + "\n");
        items.forEach(item -> text.append(row(item.name(), item.cents())));
        return text.append(row("TOTAL EUR", total)).append(row("CARD", total)).append("PAID\n").toString();
    }

    private static String row(String name, int cents) {
        return String.format("%-34s%8s%n", name, String.format("%d.%02d", cents / 100, cents % 100));
    }
}
