import sys
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

dynamodb = boto3.resource("dynamodb", endpoint_url=sys.argv[1])
table = dynamodb.create_table(
    TableName="orders",
    AttributeDefinitions=[
        {"AttributeName": "customer", "AttributeType": "S"},
        {"AttributeName": "number", "AttributeType": "N"},
    ],
    KeySchema=[{"AttributeName": "customer", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}],
    BillingMode="PAY_PER_REQUEST",
)
table.meta.client.get_waiter("table_exists").wait(TableName="orders", WaiterConfig={"Delay": 1})

with table.batch_writer() as batch:
    for number in range(30):
        batch.put_item(Item={"customer": "ann", "number": number, "total": Decimal("1.5") * number, "open": number % 2 == 0})

found = table.query(KeyConditionExpression=Key("customer").eq("ann") & Key("number").between(10, 19))
assert found["Count"] == 10 and found["Items"][0]["total"] == Decimal("15.0")
open_orders = table.query(
    KeyConditionExpression=Key("customer").eq("ann"), FilterExpression=Attr("open").eq(True), ScanIndexForward=False
)
assert [int(item["number"]) for item in open_orders["Items"]] == list(range(28, -1, -2))

table.update_item(
    Key={"customer": "ann", "number": 1},
    UpdateExpression="SET #t = #t + :more ADD tags :tags",
    ExpressionAttributeNames={"#t": "total"},
    ExpressionAttributeValues={":more": 1, ":tags": {"new"}},
)
assert table.get_item(Key={"customer": "ann", "number": 1})["Item"]["total"] == Decimal("2.5")
try:
    table.put_item(Item={"customer": "ann", "number": 1}, ConditionExpression=Attr("customer").not_exists())
    raise AssertionError("not refused")
except ClientError as error:
    assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"
print("ok")
