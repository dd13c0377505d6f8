// A till that prints with escpos-coffee: only the printer's address is pos-guard's.
//
//   javac -cp escpos-coffee-4.1.0.jar EscposCoffee.java
//   java -cp escpos-coffee-4.1.0.jar:. EscposCoffee tcp:127.0.0.1:9100 bill A-17
//   java -cp escpos-coffee-4.1.0.jar:. EscposCoffee /run/pos-guard/till-printer paid A-17
//
// Jobs: status | bill ORDER | paid ORDER | logo PICTURE | code TEXT
import com.github.anastaciocintra.escpos.EscPos;
import com.github.anastaciocintra.escpos.EscPosConst;
import com.github.anastaciocintra.escpos.Style;
import com.github.anastaciocintra.escpos.barcode.QRCode;
import com.github.anastaciocintra.escpos.image.BitonalThreshold;
import com.github.anastaciocintra.escpos.image.CoffeeImageImpl;
import com.github.anastaciocintra.escpos.image.EscPosImage;
import com.github.anastaciocintra.escpos.image.RasterBitImageWrapper;
import com.github.anastaciocintra.output.TcpIpOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

public final class EscposCoffee {
    private static final Pattern TCP = Pattern.compile("tcp:(.*):(\\d+)");

    public static void main(String[] arguments) throws IOException {
        String where = arguments[0];
        String job = arguments[1];
        if (job.equals("status")) {
            System.out.println(status(where));
            return;
        }
        EscPos printer = new EscPos(opened(where));
        printer.initializePrinter();
        switch (job) {
            case "logo" -> logo(printer, arguments[2]);
            case "code" -> code(printer, arguments[2]);
            case "bill" -> receipt(printer, arguments[2], "NOT PAID");
            default -> receipt(printer, arguments[2], "Card 12.50", "PAID");
        }
        printer.close();
    }

    private static OutputStream opened(String where) throws IOException {
        Matcher tcp = TCP.matcher(where);
        if (!tcp.matches()) return new FileOutputStream(where);
        return new TcpIpOutputStream(tcp.group(1), Integer.parseInt(tcp.group(2)));
    }

    // The library only writes, so the questions (DLE EOT n) go past it.
    private static String status(String where) throws IOException {
        Matcher tcp = TCP.matcher(where);
        int online;
        int paper;
        if (tcp.matches()) {
            try (Socket socket = new Socket(tcp.group(1), Integer.parseInt(tcp.group(2)))) {
                socket.getOutputStream().write(new byte[] {0x10, 0x04, 1});
                online = socket.getInputStream().read();
                socket.getOutputStream().write(new byte[] {0x10, 0x04, 4});
                paper = socket.getInputStream().read();
            }
        } else {
            try (RandomAccessFile file = new RandomAccessFile(where, "rw")) {
                file.write(new byte[] {0x10, 0x04, 1});
                online = file.read();
                file.write(new byte[] {0x10, 0x04, 4});
                paper = file.read();
            }
        }
        String roll = (paper & 0x60) != 0 ? "out" : (paper & 0x0c) != 0 ? "low" : "ok";
        return ((online & 0x08) != 0 ? "offline" : "online") + " paper " + roll;
    }

    private static void receipt(EscPos printer, String order, String... last) throws IOException {
        Style centred = new Style().setJustification(EscPosConst.Justification.Center);
        printer.writeLF(new Style(centred).setBold(true), "MORNING LIGHT");
        printer.write(centred, "");
        chinese(printer, "\u6668\u5149\u5496\u5561\u9986\n");
        printer.writeLF("Order: " + order);
        printer.writeLF(String.format("%-36s%12s", "Coffee", "12.50"));
        printer.writeLF(String.format("%-36s%12s", "TOTAL", "CNY 12.50"));
        for (String line : last) printer.writeLF(line);
        if (last.length > 1) printer.pulsePin(EscPos.PinConnector.Pin_2, 120, 240);
        cut(printer);
    }

    // The library has no GB18030; switch to Kanji mode (FS &), send it, switch back (FS .).
    private static void chinese(EscPos printer, String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(new byte[] {0x1c, 0x26});
        bytes.write(text.getBytes("GB18030"));
        bytes.write(new byte[] {0x1c, 0x2e});
        printer.write(bytes.toByteArray(), 0, bytes.size());
    }

    private static void logo(EscPos printer, String picture) throws IOException {
        CoffeeImageImpl image = new CoffeeImageImpl(ImageIO.read(new File(picture)));
        printer.write(new RasterBitImageWrapper(), new EscPosImage(image, new BitonalThreshold()));
        printer.writeLF("Thank you");
        printer.pulsePin(EscPos.PinConnector.Pin_2, 120, 240);
        cut(printer);
    }

    private static void code(EscPos printer, String text) throws IOException {
        printer.write(new QRCode().setSize(6), text);
        printer.writeLF("Scan to pay");
        cut(printer);
    }

    private static void cut(EscPos printer) throws IOException {
        printer.feed(4).cut(EscPos.CutMode.FULL);
    }
}
