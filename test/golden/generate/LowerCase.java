/** Every code point with a lower case, and it: `1c4 1c6_`. Run: `java LowerCase.java | sha256sum` (OpenJDK 17.0.15). */
import java.util.Locale;

public class LowerCase {
  public static void main(String[] arguments) {
    for (int code = 0; code < 0x110000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      String text = new String(Character.toChars(code));
      String lower = text.toLowerCase(Locale.ROOT);
      if (lower.equals(text)) continue;
      StringBuilder line = new StringBuilder(Integer.toHexString(code)).append(' ');
      lower.codePoints().forEach(each -> line.append(Integer.toHexString(each)).append('_'));
      System.out.print(line.append('\n'));
    }
  }
}
