import com.github.anastaciocintra.escpos.EscPos;
import com.github.anastaciocintra.escpos.EscPos.CharacterCodeTable;
import com.github.anastaciocintra.escpos.EscPosConst.Justification;
import com.github.anastaciocintra.escpos.PrintModeStyle;
import com.github.anastaciocintra.escpos.Style;
import com.github.anastaciocintra.escpos.barcode.BarCode;
import com.github.anastaciocintra.escpos.barcode.PDF417;
import com.github.anastaciocintra.escpos.barcode.QRCode;
import com.github.anastaciocintra.escpos.image.BitImageWrapper;
import com.github.anastaciocintra.escpos.image.BitonalThreshold;
import com.github.anastaciocintra.escpos.image.CoffeeImageImpl;
import com.github.anastaciocintra.escpos.image.EscPosImage;
import com.github.anastaciocintra.escpos.image.GraphicsImageWrapper;
import com.github.anastaciocintra.escpos.image.RasterBitImageWrapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Makes the rows of escpos-coffee.json: key, language and lines in, one document a row and tab
 * separated; JSON rows out. Needs escpos-coffee on the class path.
 */
public class MakeEscposCoffee {
  private static final Map<String, List<CharacterCodeTable>> TABLES = Map.of(
      "ascii", List.of(CharacterCodeTable.CP437_USA_Standard_Europe),
      "latin1", List.of(CharacterCodeTable.CP850_Multilingual, CharacterCodeTable.WPC1252),
      "euro", List.of(CharacterCodeTable.CP858_Euro, CharacterCodeTable.ISO8859_15_Latin9),
      "latin2", List.of(CharacterCodeTable.CP852_Latin2, CharacterCodeTable.WCP1250_Latin2),
      "cyr", List.of(CharacterCodeTable.CP866_Cyrillic_2),
      "greek", List.of(CharacterCodeTable.CP737_Greek));
  private static final Map<String, List<String>> CHARSETS = Map.of(
      "ja", List.of("MS932"), "zh", List.of("GB18030"), "tw", List.of("Big5"),
      "ko", List.of("MS949"));

  public static void main(String[] arguments) throws IOException {
    var text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    var rows = new ArrayList<String>();
    for (String line : text.split("\n")) {
      var fields = List.of(line.split("\t"));
      var lines = fields.subList(2, fields.size());
      for (var table : TABLES.getOrDefault(fields.get(1), List.of())) {
        for (boolean styled : new boolean[] {false, true}) {
          rows.add(document(fields.get(0), lines, table, table.charsetName, styled));
        }
      }
      for (String charset : CHARSETS.getOrDefault(fields.get(1), List.of())) {
        for (boolean styled : new boolean[] {false, true}) {
          rows.add(document(fields.get(0), lines, null, charset, styled));
        }
      }
    }
    System.out.write(("[" + String.join(",\n", rows) + "]\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  private static String document(String key, List<String> lines, CharacterCodeTable table,
      String charset, boolean styled) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var printer = new EscPos(bytes);
    var shown = new ArrayList<>(lines);
    if (styled) {
      printer.initializePrinter();
    }
    if (table != null) {
      printer.setCharacterCodeTable(table);
    } else {
      printer.setCharsetName(charset);
    }
    if (styled) {
      styles(printer, lines);
      shown.add("HELLO 1");
    } else {
      for (String line : lines) {
        printer.writeLF(line);
      }
    }
    printer.flush();
    return "{\"name\": " + quoted(key + "/" + charset + (styled ? " styled" : " plain"))
        + ", \"text\": " + quoted(String.join("\n", shown)) + ", \"bytes\": "
        + quoted(Base64.getEncoder().encodeToString(bytes.toByteArray())) + "}";
  }

  private static void styles(EscPos printer, List<String> lines) throws IOException {
    var title = new Style().setBold(true).setFontSize(Style.FontSize._2, Style.FontSize._2)
        .setJustification(Justification.Center);
    var inverse = new Style().setColorMode(Style.ColorMode.WhiteOnBlack).setLineSpacing(50);
    var wide = new PrintModeStyle().setFontSize(true, true).setUnderline(true);
    for (int at = 0; at < lines.size(); at++) {
      switch (at % 3) {
        case 0 -> printer.writeLF(title, lines.get(at));
        case 1 -> printer.writeLF(inverse, lines.get(at));
        default -> printer.write(wide, lines.get(at)).feed(1);
      }
    }
    printer.write(new BarCode().setSystem(BarCode.BarCodeSystem.CODE39_B)
        .setHRIPosition(BarCode.BarCodeHRIPosition.BelowBarCode), "HELLO 1");
    printer.write(new QRCode(), "https://example.org/qr").write(new PDF417(), "pdf text");
    var picture = new BufferedImage(16, 10, BufferedImage.TYPE_INT_RGB);
    var random = new Random(7);
    for (int dot = 0; dot < 160; dot++) {
      picture.setRGB(dot % 16, dot / 16, random.nextBoolean() ? 0xffffff : 0);
    }
    var image = new EscPosImage(new CoffeeImageImpl(picture), new BitonalThreshold());
    printer.write(new RasterBitImageWrapper(), image).write(new BitImageWrapper(), image);
    printer.write(new GraphicsImageWrapper(), image);
    printer.pulsePin(EscPos.PinConnector.Pin_2, 50, 75).feed(5).cut(EscPos.CutMode.FULL);
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
