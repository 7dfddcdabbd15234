// The reference implementation of HdrHistogram, asked by java_oracle_test.cc. Run as
//   java -cp hdrhistogram.jar JavaOracle.java read LOG | write LOG | hgrm LOG TICKS RATIO
import java.io.FileNotFoundException;
import java.util.Random;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

public class JavaOracle {
  static final double[] QUANTILES = {0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1};

  public static void main(String[] args) throws FileNotFoundException {
    if (args[0].equals("write")) write(args[1]);
    HistogramLogReader reader = new HistogramLogReader(args[1]);
    for (EncodableHistogram e; (e = reader.nextIntervalHistogram()) != null;) {
      Histogram h = (Histogram) e;
      if (args[0].equals("hgrm")) {
        h.outputPercentileDistribution(System.out, Integer.parseInt(args[2]), Double.parseDouble(args[3]));
      } else {
        describe(h);
      }
    }
  }

  static void describe(Histogram h) {
    StringBuilder out = new StringBuilder();
    out.append("tag ").append(h.getTag() == null ? "" : h.getTag());
    out.append(" from ").append(h.getStartTimeStamp()).append(" to ").append(h.getEndTimeStamp());
    out.append(" layout ").append(h.getLowestDiscernibleValue()).append(' ').append(h.getHighestTrackableValue());
    out.append(' ').append(h.getNumberOfSignificantValueDigits());
    out.append(" count ").append(h.getTotalCount()).append(" min ").append(h.getMinValue());
    out.append(" max ").append(h.getMaxValue()).append('\n');
    for (double q : QUANTILES) out.append(h.getValueAtPercentile(q * 100)).append(' ');
    out.append('\n');
    for (HistogramIterationValue v : h.recordedValues())
      out.append(v.getValueIteratedTo()).append(':').append(v.getCountAtValueIteratedTo()).append(' ');
    System.out.println(out);
  }

  static Histogram filled(long lowest, long highest, int digits, int values, Random random) {
    Histogram h = new Histogram(lowest, highest, digits);
    for (int i = 0; i < values; i++)
      h.recordValue(Math.min(highest, (long) (lowest * Math.exp(random.nextDouble() * Math.log(highest / lowest)))));
    return h;
  }

  static void write(String path) throws FileNotFoundException {
    HistogramLogWriter log = new HistogramLogWriter(path);
    log.outputComment("[Logged by the reference implementation]");
    log.outputLogFormatVersion();
    log.outputStartTime(1700000000000L);
    log.setBaseTime(1700000000000L);
    log.outputBaseTime(1700000000000L);
    log.outputLegend();
    Random random = new Random(7);
    Histogram[] all = {filled(1, 100_000_000_000L, 3, 20000, random), filled(1000, 3_600_000_000L, 2, 5000, random),
        filled(1, Long.MAX_VALUE, 1, 1000, random), filled(1, 10_000_000, 5, 3000, random),
        new Histogram(1, 100_000_000_000L, 3)};
    all[0].recordValueWithCount(350, 1L << 40);
    all[2].recordValue(0);
    for (int i = 0; i < all.length; i++) {
      if (i % 2 == 1) all[i].setTag("mode-" + i);
      all[i].setStartTimeStamp(1700000000000L + 1000 * i);
      all[i].setEndTimeStamp(1700000000500L + 1000 * i);
      log.outputIntervalHistogram(all[i]);
    }
    log.close();
  }
}
