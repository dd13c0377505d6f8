import java.io.IOException;
import java.util.List;
import java.util.Objects;

/** Tests of the till: {@code javac *.java && java TillTest}; exit code 0: all is well. */
final class TillTest {
    private static final List<Till.Item> BASKET =
            List.of(new Till.Item("Green tea", 350), new Till.Item("Pen", 199));

    interface Test {
        void run(Simulator printer) throws IOException;
    }

    static void aSalePrintsOneReceiptAndOpensTheDrawer(Simulator printer) throws IOException {
        same(549, new Till(printer.tcp).sell("A-17", BASKET), "the total");
        same(1, printer.slips().size(), "receipts");
        String[] lines = printer.slips().get(0).split("\n");
        same("CORNER SHOP", lines[0], "the first line");
        same("Order: A-17", lines[1], "the order");
        same(true, lines[4].matches("TOTAL EUR +5\\.49"), lines[4]);
        same("PAID", lines[lines.length - 1], "the last line");
        same(1, printer.state("drawer"), "pulses of the drawer");
    }

    static void withoutPaperNothingIsPrintedAndTheTillSaysSo(Simulator printer) throws IOException {
        printer.ask("{\"op\": \"fault\", \"name\": \"paper_out\"}");
        try {
            new Till(printer.tcp).sell("A-18", BASKET);
            throw new AssertionError("the till printed without paper");
        } catch (Till.NoPaperException expected) {
            same(0, printer.slips().size(), "receipts");
        }
        printer.ask("{\"op\": \"clear\", \"name\": \"paper_out\"}");
        new Till(printer.tcp).sell("A-18", BASKET);
        same(true, printer.slips().get(0).contains("Order: A-18"), "the order");
    }

    public static void main(String[] arguments) throws IOException {
        boolean well = passes("a sale", TillTest::aSalePrintsOneReceiptAndOpensTheDrawer);
        well &= passes("no paper", TillTest::withoutPaperNothingIsPrintedAndTheTillSaysSo);
        System.exit(well ? 0 : 1);
    }

    private static boolean passes(String name, Test test) throws IOException {
        try (Simulator printer = new Simulator("printer", "--tcp", "127.0.0.1:0", "--profile", "epson")) {
            test.run(printer);
            System.out.println("ok      " + name);
            return true;
        } catch (AssertionError | IOException error) {
            System.out.println("FAILED  " + name + ": " + error.getMessage());
            return false;
        }
    }

    private static void same(Object expected, Object got, String what) {
        if (!Objects.equals(expected, got)) {
            throw new AssertionError(what + ": " + got + ", not " + expected);
        }
    }
}
