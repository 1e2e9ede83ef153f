import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A producer, a consumer group with a static member, and an admin client of Apache Kafka. Arguments: bootstrap servers, topic, group. */
public class Client {
  static final int RECORDS = 20;
  static String servers, topic, group;

  public static void main(String[] arguments) throws Exception {
    servers = arguments[0];
    topic = arguments[1];
    group = arguments[2];
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      administer(admin);
      produce();
      int before = consume(RECORDS + 1);
      int after = consume(0);
      expect("a static member that restarts causes no rebalance", before == after);
      inspect(admin);
    }
  }

  static void administer(Admin admin) throws Exception {
    var configs = Map.of("retention.ms", "3600000", "min.cleanable.dirty.ratio", "0.1", "retention.bytes", "-1");
    admin.createTopics(List.of(new NewTopic(topic, Optional.of(3), Optional.empty()).configs(configs))).all().get();
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var append = new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.APPEND);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(append))).all().get();
    var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
    var described = admin.describeConfigs(List.of(resource), options).all().get().get(resource);
    expect("cleanup.policy is delete,compact", described.get("cleanup.policy").value().equals("delete,compact"));
    expect("there are synonyms", described.get("cleanup.policy").synonyms().size() == 2);
    expect("there is documentation", described.get("cleanup.policy").documentation() != null);
    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all().get();
    var withOperations = new DescribeTopicsOptions().includeAuthorizedOperations(true);
    var description = admin.describeTopics(List.of(topic), withOperations).allTopicNames().get().get(topic);
    expect("there are 4 partitions", description.partitions().size() == 4);
    expect("there are authorized operations", description.authorizedOperations().size() == 8);
    expect("there is a topic id", !description.topicId().equals(Uuid.ZERO_UUID));
    var ids = TopicCollection.ofTopicIds(List.of(description.topicId()));
    expect("the id finds the topic", admin.describeTopics(ids).allTopicIds().get().size() == 1);
    admin.describeLogDirs(Set.of(1)).allDescriptions().get();
    expect("there is one node", admin.describeCluster().nodes().get().size() == 1);
  }

  static void produce() throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", servers, "compression.type", "gzip");
    try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (int number = 0; number < RECORDS; number++)
        producer.send(new ProducerRecord<>(topic, "" + number, "event")).get();
    }
    Map<String, Object> noAcks = Map.of("bootstrap.servers", servers, "acks", "0", "enable.idempotence", "false");
    try (var producer = new KafkaProducer<>(noAcks, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(topic, "x", "y")).get();
    }
    Map<String, Object> transactional = Map.of("bootstrap.servers", servers, "transactional.id", "t");
    try (var producer = new KafkaProducer<>(transactional, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      expect("transactions are refused", false);
    } catch (RuntimeException error) {
      expect("transactions are called not supported, not " + error, error.getMessage().contains("version") );
    }
  }

  /** Reads so many records as a static member and returns the generation. */
  static int consume(int wanted) {
    Map<String, Object> config = Map.of(
        "bootstrap.servers", servers, "group.id", group, "group.instance.id", "instance",
        "auto.offset.reset", "earliest", "enable.auto.commit", "false");
    try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      var read = new ArrayList<String>();
      long deadline = System.currentTimeMillis() + 30_000;
      while (read.size() < wanted || consumer.assignment().isEmpty()) {
        expect("everything is read in time", System.currentTimeMillis() < deadline);
        consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
      }
      expect("nothing is read twice", read.size() == wanted);
      consumer.commitSync();
      return consumer.groupMetadata().generationId();
    }
  }

  static void inspect(Admin admin) throws Exception {
    var description = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
    expect("the group has its static member", description.members().size() == 1);
    var committed = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    expect("all is committed", committed.values().stream().mapToLong(offset -> offset.offset()).sum() == RECORDS + 1);
    expect("metadata is an empty string", committed.values().iterator().next().metadata().isEmpty());
    var members = List.of(new MemberToRemove("instance"));
    admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(members)).all().get();
    admin.deleteConsumerGroups(List.of(group)).all().get();
    admin.deleteTopics(List.of(topic)).all().get();
  }

  static void expect(String what, boolean holds) {
    if (!holds) throw new AssertionError(what);
  }
}
