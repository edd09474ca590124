import hashlib
import json
import sys
import urllib.parse
import urllib.request

import boto3
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
sqs = boto3.client("sqs", endpoint_url=endpoint)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return error.response["Error"]
    raise AssertionError("not refused: " + code)


# A queue with a dead-letter queue.
dead = sqs.create_queue(QueueName="work-dead")["QueueUrl"]
dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
url = sqs.create_queue(
    QueueName="work", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"}, tags={"team": "red"}
)["QueueUrl"]
assert url == endpoint + "/000000000000/work", url
assert sqs.get_queue_url(QueueName="work")["QueueUrl"] == url
assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "red"}
assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]

# botocore checks the digests of body and attributes by itself.
sent = sqs.send_message(
    QueueUrl=url,
    MessageBody="one",
    MessageAttributes={
        "n": {"DataType": "Number", "StringValue": "7"},
        "b": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
    },
    MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}},
)
assert sent["MD5OfMessageBody"] == hashlib.md5(b"one").hexdigest()
got = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"][0]
assert got["MessageAttributes"]["b"]["BinaryValue"] == b"\x00\xff"
assert got["Attributes"]["AWSTraceHeader"].startswith("Root=1-")
assert "Messages" not in sqs.receive_message(QueueUrl=url)
assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "one"

# Batches answer for each entry.
answer = sqs.send_message_batch(
    QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "A"}, {"Id": "b", "MessageBody": "B", "DelaySeconds": 901}]
)
assert [entry["Id"] for entry in answer["Successful"]] == ["a"], answer
assert answer["Failed"][0]["Id"] == "b" and answer["Failed"][0]["SenderFault"] is True, answer
refused("AWS.SimpleQueueService.EmptyBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=[])
refused(
    "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    sqs.delete_message_batch,
    QueueUrl=url,
    Entries=[{"Id": "a", "ReceiptHandle": "x"}, {"Id": "a", "ReceiptHandle": "y"}],
)

# FIFO: order within a group, nothing twice.
fifo = sqs.create_queue(
    QueueName="steps.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
)["QueueUrl"]
for body in ["1", "2", "2", "3"]:
    sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId="g")
taken = sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
assert [message["Body"] for message in taken] == ["1", "2", "3"]
assert all(message["Attributes"]["MessageGroupId"] == "g" for message in taken)

# The resource interface.
queue = boto3.resource("sqs", endpoint_url=endpoint).get_queue_by_name(QueueName="work-dead")
assert queue.attributes["QueueArn"] == dead_arn

# The query protocol, as older clients speak it.
scope = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0"


def query(path, **parameters):
    body = urllib.parse.urlencode({"Version": "2012-11-05", **parameters}).encode()
    request = urllib.request.Request(endpoint + path, body, {"Authorization": scope})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


status, text = query("/", Action="CreateQueue", QueueName="old")
assert status == 200 and "<QueueUrl>" + endpoint + "/000000000000/old</QueueUrl>" in text, text
attribute = {"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "5"}
assert query("/000000000000/old", Action="SetQueueAttributes", **attribute)[0] == 200
status, text = query("/000000000000/old", Action="SendMessage", MessageBody="<&>")
assert status == 200 and "<MD5OfMessageBody>" + hashlib.md5(b"<&>").hexdigest() in text, text
status, text = query("/000000000000/old", Action="ReceiveMessage", **{"AttributeName.1": "All"})
assert "<Body>&lt;&amp;&gt;</Body>" in text and "<Name>SentTimestamp</Name>" in text, text
status, text = query("/", Action="GetQueueUrl", QueueName="nothing")
assert status == 400 and "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in text, text

refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="nothing")
refused("QueueAlreadyExists", sqs.create_queue, QueueName="old", Attributes={"VisibilityTimeout": "9"})
print("ok")
