// SPICE without its parser: tuples in, scores out, through the classes of spice-1.0.jar. In their package, since what they keep is protected.
package edu.anu.spice;

import edu.cmu.meteor.aligner.SynonymDictionary;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.json.simple.JSONArray;
import org.json.simple.JSONObject;
import org.json.simple.JSONValue;

/**
 * Standard input: {"images": [{"image_id", "test_tuples", "ref_tuples"}], "synonyms": FOLDER, "synsets": BOOLEAN, "words": [..]}.
 * Standard output: {"scores": what SPICE writes, "synsets": {word: [ids]}}. "synsets": false is SPICE's -noSynsets.
 */
public final class SpiceFromTuples {
  public static void main(String[] args) throws Exception {
    JSONObject input =
        (JSONObject) JSONValue.parse(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
    File folder = new File((String) input.get("synonyms"));
    SynonymDictionary synonyms =
        new SynonymDictionary(
            new File(folder, "english.exceptions").toURI().toURL(),
            new File(folder, "english.synsets").toURI().toURL(),
            new File(folder, "english.relations").toURI().toURL());
    boolean synsets = (Boolean) input.get("synsets");
    Map<String, TupleFilter> filters = new HashMap<>();
    filters.put("Object", TupleFilter.objectFilter);
    filters.put("Attribute", TupleFilter.attributeFilter);
    filters.put("Relation", TupleFilter.relationFilter);
    filters.put("Cardinality", TupleFilter.cardinalityFilter);
    filters.put("Color", TupleFilter.colorFilter);
    filters.put("Size", TupleFilter.sizeFilter);
    SpiceStats stats = new SpiceStats(filters, false);
    for (Object entry : (JSONArray) input.get("images")) {
      JSONObject image = (JSONObject) entry;
      stats.score(
          image.get("image_id"),
          graph(synonyms, synsets, image.get("test_tuples")),
          graph(synonyms, synsets, image.get("ref_tuples")),
          synsets);
    }
    JSONObject ids = new JSONObject();
    for (Object word : (JSONArray) input.get("words")) {
      Set<Integer> own = new TreeSet<>(synonyms.getSynSets((String) word));
      own.addAll(synonyms.getStemSynSets((String) word));
      JSONArray list = new JSONArray();
      list.addAll(own);
      ids.put(word, list);
    }
    JSONObject output = new JSONObject();
    output.put("scores", stats.toJSONArray());
    output.put("synsets", ids);
    byte[] bytes = output.toJSONString().getBytes(StandardCharsets.UTF_8);
    System.out.write(bytes, 0, bytes.length);
    System.out.flush();
  }

  private static SceneGraph graph(SynonymDictionary synonyms, boolean merging, Object tuples) {
    SceneGraph graph = new SceneGraph(synonyms, merging);
    for (Object tuple : (JSONArray) tuples) {
      ArrayList<String> words = new ArrayList<>();
      for (Object word : (JSONArray) tuple) words.add((String) word);
      // SPICE keeps a relation last; what it writes, and this repository reads, has it in the middle
      if (words.size() == 3) words.add(words.remove(1));
      graph.addTuple(words);
    }
    return graph;
  }
}
